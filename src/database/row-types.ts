import { types } from 'pg';

const int8 = 20;
const int8Array = 1016;

/** How columns become values in plain statements; the ORM keeps its own way, on the same connections. */
export const rowTypes = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid === int8) {
      return Number;
    }
    return oid === int8Array ? parseNumbers : types.getTypeParser(oid, format);
  },
};

function parseNumbers(text: string): (number | null)[] {
  const items = text.slice(1, -1);
  return items === '' ? [] : items.split(',').map((item) => (item === 'NULL' ? null : Number(item)));
}
