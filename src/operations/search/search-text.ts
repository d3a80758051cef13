import { GranaryError } from '../../errors.js';

/** As many words as one search may have, and as much text. */
const mostWords = 10;
const longestText = 256;
/** Of an object. What is longer or more is found by its beginning, or by other words. */
const longestWord = 64;

const wordPattern = /[\p{L}\p{M}\p{N}]+/gu;
/** Where a word of a name begins inside a run of letters and digits: `scanPage2` is scan, page and 2. */
const seam = /(?<=\p{Ll})(?=\p{Lu})|(?<=\p{L})(?=\p{N})|(?<=\p{N})(?=\p{L})/u;

/** Without case and without accents: what people take for the same letter is the same. */
export function fold(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase()
    .normalize('NFC');
}

/** The words of a text as they are looked for: runs of letters and digits, and what such runs are made of. */
export function wordsOf(text: string): Set<string> {
  const words = new Set<string>();
  for (const [run] of text.matchAll(wordPattern)) {
    words.add(cut(fold(run)));
    const parts = run.length > longestWord ? [] : run.split(seam);
    if (parts.length > 1) {
      for (const part of parts) {
        words.add(cut(fold(part)));
      }
    }
  }
  words.delete('');
  return words;
}

/**
 * The words that somebody searches for.
 * @throws GranaryError InvalidInput for text without any word, and for more than a search can have.
 */
export function searchedWords(text: string): string[] {
  if (text.length > longestText || !text.isWellFormed()) {
    throw invalidText(`The text has ${longestText} characters at most.`);
  }
  const words = new Set(Array.from(text.matchAll(wordPattern), ([run]) => cut(fold(run))));
  words.delete('');
  if (words.size === 0) {
    throw invalidText('The text has no word in it: give letters or digits.');
  }
  if (words.size > mostWords) {
    throw invalidText(`The text has ${mostWords} words at most.`);
  }
  return [...words];
}

/** By code points, so that no character is cut in two. */
function cut(word: string): string {
  return word.length <= longestWord ? word : Array.from(word).slice(0, longestWord).join('').slice(0, longestWord);
}

function invalidText(message: string): GranaryError {
  return new GranaryError('InvalidInput', message, { reason: 'InvalidArgument', field: ['text'] });
}
