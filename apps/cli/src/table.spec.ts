import { shownWidth, table } from './table.js';

describe('A table', () => {
  it('is as wide as its cells, whatever their colours and accents', () => {
    const red = '\u001b[31mé\u001b[39m';
    expect(shownWidth(red)).toBe(1);
    expect(
      table(
        [
          [red, 'b'],
          ['longer', 'c'],
        ],
        '',
      ),
    ).toEqual([`${red}       b`, 'longer  c']);
  });

  it('leaves out columns that nobody filled', () => {
    expect(
      table([
        ['a', '', 'c'],
        ['b', '', ''],
      ]),
    ).toEqual(['  a  c', '  b']);
  });
});
