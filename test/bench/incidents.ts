/** What the benchmark types in: the words of a bad Monday, short and long, in the order in which a cell writes them. */
export const declaration = (number: number) => ({
  title: `Rançongiciel, commune ${number}`,
  kind: 'ransomware',
  organisations: [{ name: `Commune ${number}`, kind: 'commune', population: 14_000, insured: 'yes' }],
  detectedAt: { at: '2026-01-05T06:40:00+01:00', precision: 'hour' },
});

const SERVICES = ['État civil', 'Paie', 'Cantine', 'Urbanisme', 'Bibliothèque', 'Accueil'];
const KINDS = ['fact', 'action', 'call_in', 'call_out', 'instruction', 'hypothesis'];

/** The command at a place in a long series. Every one of them records a fact. */
export const commandAt = (index: number): readonly [command: string, body: object] => {
  const turn = Math.floor(index / 5);
  const service = SERVICES[turn % SERVICES.length];
  switch (index % 5) {
    case 0:
      return [
        'RecordLogbookEntry',
        {
          kind: KINDS[turn % KINDS.length],
          text: `Entrée ${index} : le prestataire confirme l’arrêt du serveur de fichiers.`,
        },
      ];
    case 1:
      return [
        'ChangeServiceStatus',
        {
          service,
          status: turn % 2 === 0 ? 'outage' : 'degraded',
          detail: `Constat ${index}`,
          publicAdvice: 'Appelez l’accueil.',
        },
      ];
    case 2:
      return [
        'TakeDecision',
        {
          decision: `Décision ${index} : tout reste éteint jusqu’à l’avis de l’expert.`,
          decidedBy: 'Directrice générale',
        },
      ];
    case 3:
      return [
        'ReachContact',
        { contact: `Élu d’astreinte ${index}`, outcome: index % 2 === 0 ? 'reached' : 'message' },
      ];
    default:
      return [
        'PublishStatement',
        {
          channel: 'website',
          text: `Point ${index} : les services par téléphone restent ouverts ; les démarches en ligne sont suspendues.`,
        },
      ];
  }
};
