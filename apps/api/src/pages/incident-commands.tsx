import { commandGroups, commandLabels, incidentCommandTypes, type CommandGroup } from '#libs/domain';
import { commandPath, type IncidentContext } from './incident-context.js';

/** Every command of the table, in its menus. */
export const CommandMenu = ({ context }: { readonly context: IncidentContext }) => {
  const { reader } = context;
  return (
    <section aria-labelledby="commands" className="no-print">
      <h2 id="commands">{reader.say('commands')}</h2>
      <div className="menus">
        {(Object.keys(commandGroups) as CommandGroup[]).map((group) => (
          <details key={group}>
            <summary>{reader.of(commandGroups[group])}</summary>
            <ul>
              {incidentCommandTypes
                .filter((command) => commandLabels[command].group === group)
                .map((command) => (
                  <li key={command}>
                    <a href={commandPath(context, command)}>{reader.of(commandLabels[command])}</a>
                    <span className="hint"> {reader.of(commandLabels[command].help)}</span>
                  </li>
                ))}
            </ul>
          </details>
        ))}
      </div>
    </section>
  );
};
