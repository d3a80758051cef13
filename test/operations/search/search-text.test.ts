import { keyMarks, likeOf, patternMarks } from '../../../src/operations/search/search-marks.js';
import { fold, searchedWords, wordsOf } from '../../../src/operations/search/search-text.js';

test('words are runs of letters and digits, and the parts of such runs, without case and accents', () => {
  expect([...wordsOf('Rechnungen/Über-uns_2024.PDF')]).toEqual(['rechnungen', 'uber', 'uns', '2024', 'pdf']);
  expect([...wordsOf('scanPage2')]).toEqual(['scanpage2', 'scan', 'page', '2']);
  expect([...wordsOf('отчёт 東京')]).toEqual(['отчет', '東京']);
  expect([...wordsOf('--- //')]).toEqual([]);
});

test('what cannot be searched for is said', () => {
  expect(searchedWords('  Acme,  acme INVOICE ')).toEqual(['acme', 'invoice']);
  for (const text of ['', '   ', '***', '!&|()', "'", 'x'.repeat(10_240), 'a b c d e f g h i j k', '\ud800 x']) {
    expect(() => searchedWords(text)).toThrow(expect.objectContaining({ kind: 'InvalidInput' }));
  }
});

test('the longest words are cut, also between halves of characters', () => {
  expect([...wordsOf('a'.repeat(500))]).toEqual(['a'.repeat(64)]);
  for (const word of wordsOf('𝒜'.repeat(100) + '𠀀'.repeat(100))) {
    expect(word.isWellFormed()).toBe(true);
    expect(word.length).toBeLessThanOrEqual(64);
  }
});

test('each key has the marks of each pattern that matches it', () => {
  const keys = ['photos/2024/Ärger.JPG', 'a', 'ab', 'report-final.tar.gz', '东京/地图.png', 'x%_\\y'];
  const patterns = [
    '*',
    '?*',
    'p*',
    '*g',
    '*ARGER*',
    '*.jpg',
    'ab',
    'a?',
    'report*.gz',
    '*地图*',
    'x%_\\y',
    '*/2024/*',
  ];
  for (const key of keys) {
    const marks = new Set(keyMarks(1, key));
    for (const pattern of patterns.filter((one) => matchesLike(likeOf(one), fold(key)))) {
      expect(patternMarks(1, pattern).filter((mark) => !marks.has(mark))).toEqual([]);
    }
  }
  expect(patternMarks(1, 'ab*')).not.toEqual(patternMarks(2, 'ab*'));
});

function matchesLike(like: string, text: string): boolean {
  const source = like.replace(/\\?[\s\S]/g, (piece) => {
    const letter = piece.at(-1) ?? '';
    return piece === '%' ? '[\\s\\S]*' : piece === '_' ? '[\\s\\S]' : letter.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${source}$`, 'u').test(text);
}
