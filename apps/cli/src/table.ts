/* oxlint-disable no-control-regex -- colours are control characters */
const COLOURS = /\u001b\[\d+m/g;
const GAP = '  ';

/** Characters on screen: colours and combining accents take none. */
export const shownWidth = (text: string): number => [...text.replaceAll(COLOURS, '').normalize('NFC')].length;

const padTo = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - shownWidth(text)));

/** Rows in columns as wide as their widest cell; the last column is left as it is. Columns that are all empty go away. */
export const table = (rows: readonly (readonly string[])[], indent = GAP): string[] => {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(0, ...rows.map((row) => shownWidth(row[column] ?? ''))),
  );
  const kept = widths.flatMap((width, column) => (width > 0 ? [column] : []));
  const last = kept.at(-1);
  return rows.map((row) =>
    (
      indent +
      kept
        .map((column) => (column === last ? (row[column] ?? '') : padTo(row[column] ?? '', widths[column] ?? 0)))
        .join(GAP)
    ).trimEnd(),
  );
};
