import { isMap, isScalar, isSeq } from 'yaml';

import { fieldsOf, type Class, type Field, type FieldKind } from '#libs/domain';

import { keyOf, plain } from './yaml-file.js';

const TEXT_KINDS: readonly FieldKind[] = ['text', 'choice', 'pattern', 'organisation'];

/**
 * Plain JSON of a node that is read into these classes. Where they want a text, digits stay as they are written:
 * `siren: 217400012` and `receipt: 0123` need no quotes.
 */
export const asWritten = (node: unknown, ...types: readonly Class[]): unknown => {
  if (!isMap(node)) return plain(node);
  const fields = types.flatMap((type) => fieldsOf(type));
  return Object.fromEntries(
    node.items.map((pair) => {
      const key = keyOf(pair);
      return [
        key,
        valueAsWritten(
          pair.value,
          fields.find(({ name }) => name === key),
        ),
      ];
    }),
  );
};

const valueAsWritten = (node: unknown, field: Field | undefined): unknown => {
  if (field === undefined) return plain(node);
  if (field.list && isSeq(node)) return node.items.map((item) => valueAsWritten(item, { ...field, list: false }));
  if (field.of) return asWritten(node, field.of());
  const isNumber = isScalar(node) && typeof node.value === 'number';
  return isNumber && TEXT_KINDS.includes(field.kind) ? (node.source ?? String(node.value)) : plain(node);
};
