/** Text that is markup already. */
export class Xml {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Content = string | number | boolean | Xml | undefined | (Xml | undefined)[];

const namespace = 'http://s3.amazonaws.com/doc/2006-03-01/';
const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must be escaped
const special = /[&<>"'\x00-\x1f\x7f\ufffe\uffff]/g;

/** An element, or nothing when its content is undefined. */
export function element(name: string, content: Content): Xml | undefined {
  return content === undefined ? undefined : new Xml(`<${name}>${contentText(content)}</${name}>`);
}

/** A whole document whose root is in S3's namespace. */
export function s3Document(root: string, children: (Xml | undefined)[]): string {
  return namespacedDocument(root, namespace, children);
}

/** A whole document whose root is in a namespace. */
export function namespacedDocument(root: string, space: string, children: (Xml | undefined)[]): string {
  return `${declaration}<${root} xmlns="${space}">${contentText(children)}</${root}>`;
}

/** A whole document without a namespace, as S3's errors are. */
export function plainDocument(root: string, children: (Xml | undefined)[]): string {
  return `${declaration}<${root}>${contentText(children)}</${root}>`;
}

/**
 * Escapes text for an element. Control characters become numeric references, as in S3's answers, though XML 1.0 does
 * not allow most of them; clients that mean to meet such keys ask for `encoding-type=url`.
 */
export function escapeXml(text: string): string {
  return text.replace(special, reference);
}

function contentText(content: Exclude<Content, undefined>): string {
  if (Array.isArray(content)) {
    let text = '';
    for (const child of content) {
      if (child !== undefined) {
        text += child.text;
      }
    }
    return text;
  }
  return content instanceof Xml ? content.text : escapeXml(String(content));
}

function reference(char: string): string {
  switch (char) {
    case '&':
      return '&amp;';
    case '<':
      return '&lt;';
    case '>':
      return '&gt;';
    case '"':
      return '&quot;';
    case "'":
      return '&#39;';
    default:
      return `&#x${char.charCodeAt(0).toString(16)};`;
  }
}
