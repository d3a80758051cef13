import { XMLParser } from 'fast-xml-parser';
import { s3Error } from './s3-error.js';
import { escapeXml } from './xml-writer.js';

const maxDepth = 8;

const parser = new XMLParser({
  ignoreAttributes: true,
  ignoreDeclaration: true,
  removeNSPrefix: true,
  parseTagValue: false,
  trimValues: false,
  // The five entities and numeric references are decoded here; there are no others without a DOCTYPE.
  processEntities: false,
  // Every element is a list, so that one and many are read alike.
  isArray: () => true,
  alwaysCreateTextNode: true,
  maxNestedTags: maxDepth,
});

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** An element of a request's document. */
export class XmlElement {
  readonly #content: Record<string, unknown>;

  constructor(content: Record<string, unknown>) {
    this.#content = content;
  }

  /** The child elements of this name, in order. */
  children(name: string): XmlElement[] {
    const found = Object.hasOwn(this.#content, name) ? this.#content[name] : [];
    return (found as Record<string, unknown>[]).map((content) => new XmlElement(content));
  }

  /** The text of the only child of this name; undefined when there is none. */
  text(name: string): string | undefined {
    const found = this.children(name);
    if (found.length > 1) {
      throw s3Error('MalformedXML');
    }
    return found[0]?.ownText();
  }

  /** The text of the only child of this name; throws MalformedXML when there is none. */
  requiredText(name: string): string {
    const text = this.text(name);
    if (text === undefined || text === '') {
      throw s3Error('MalformedXML');
    }
    return text;
  }

  /** Whether the only child of this name says "true"; false when there is none. Throws MalformedXML for other words. */
  flag(name: string): boolean {
    const text = this.text(name)?.trim().toLowerCase() ?? 'false';
    if (text !== 'true' && text !== 'false') {
      throw s3Error('MalformedXML');
    }
    return text === 'true';
  }

  /** The names of the child elements. */
  names(): string[] {
    return Object.keys(this.#content).filter((name) => name !== '#text');
  }

  ownText(): string {
    const text = this.#content['#text'];
    return typeof text === 'string' ? decodeEntities(text) : '';
  }
}

/**
 * Reads a request's document; throws MalformedXML unless its root has the given name. Document types and entity
 * declarations are refused before anything is parsed.
 */
export function parseXml(bytes: Buffer, root: string): XmlElement {
  let content: unknown;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    content = parser.parse(withoutSections(text), true);
  } catch (error) {
    throw s3Error('MalformedXML', undefined, error instanceof RangeError ? { Reason: 'too deep' } : {});
  }
  const roots = Object.entries(content as Record<string, unknown[]>).filter(([name]) => name !== '#text');
  const [name, found] = roots[0] ?? [];
  if (roots.length !== 1 || name !== root || found?.length !== 1) {
    throw s3Error('MalformedXML');
  }
  return new XmlElement(found[0] as Record<string, unknown>);
}

/** The text of the only child of this name, which must be one of these; throws MalformedXML when it is not. */
export function oneOfTexts<const Text extends string>(parent: XmlElement, name: string, texts: readonly Text[]): Text {
  const text = parent.requiredText(name).trim();
  const known = texts.find((each) => each === text);
  if (known === undefined) {
    throw s3Error('MalformedXML');
  }
  return known;
}

/** The text with CDATA sections written as plain text; throws when another declaration is left. */
function withoutSections(text: string): string {
  if (!text.includes('<!')) {
    return text;
  }
  const plain = text.replace(/<!\[CDATA\[([\s\S]*?)\]\]>/g, (_, inner: string) => escapeXml(inner));
  if (/<!(?!--)/.test(plain)) {
    throw s3Error('MalformedXML');
  }
  return plain;
}

function decodeEntities(text: string): string {
  if (!text.includes('&')) {
    return text;
  }
  return text.replace(/&([^;&]{0,12})(;?)/g, (_, name: string, end: string) => {
    const char = end === ';' ? (entities[name] ?? characterReference(name)) : undefined;
    if (char === undefined) {
      throw s3Error('MalformedXML');
    }
    return char;
  });
}

function characterReference(name: string): string | undefined {
  const digits = /^#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}))$/.exec(name);
  const code = digits === null ? 0 : Number.parseInt(digits[1] ?? digits[2] ?? '', digits[1] === undefined ? 10 : 16);
  const isCharacter = code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
  return isCharacter ? String.fromCodePoint(code) : undefined;
}
