// Decides by the documents themselves, as plainly as can be and slowly, without any of the product's code.

export interface NaiveStatement {
  Effect: 'Allow' | 'Deny';
  Principal?: unknown;
  NotPrincipal?: unknown;
  Action?: string | string[];
  NotAction?: string | string[];
  Resource?: string | string[];
  NotResource?: string | string[];
  Condition?: Record<string, Record<string, string | string[]>>;
}

export interface NaiveDocument {
  Version?: string;
  Statement: NaiveStatement[];
}

export interface NaiveCaller {
  name: string | null;
  canonicalId: string;
  tenant: string;
  isGlobalAdministrator: boolean;
}

export interface NaiveRequest {
  caller: NaiveCaller;
  action: string;
  resource: string;
  /** The name of the tenant that the resource belongs to. */
  tenant: string;
  /** Values by key, as {@link spell} writes keys. */
  facts: Record<string, string[]>;
}

/** The decision by the documents of all layers. */
export function naiveDecision(
  layers: { identity: NaiveDocument[]; sessions: NaiveDocument[]; resource: NaiveDocument | null },
  request: NaiveRequest,
): string {
  const bucket = layers.resource === null ? [] : [layers.resource];
  const all = [...layers.identity, ...layers.sessions, ...bucket];
  if (all.some((document) => speaks(document, 'Deny', request))) {
    return 'EXPLICIT_DENY';
  }
  if (!layers.sessions.every((document) => speaks(document, 'Allow', request))) {
    return 'SESSION';
  }
  const { caller } = request;
  const reaches = caller.name !== null && (caller.tenant === request.tenant || caller.isGlobalAdministrator);
  if (reaches && layers.identity.some((document) => speaks(document, 'Allow', request))) {
    return 'IDENTITY_ALLOW';
  }
  return bucket.some((document) => speaks(document, 'Allow', request)) ? 'RESOURCE_ALLOW' : 'NO_ALLOW';
}

/** `aws:SourceIp` as `aws:sourceip`, `s3:ExistingObjectTag/Team` as `s3:existingobjecttag/Team`. */
export function spell(key: string): string {
  return key.replace(/^[^/]*/, (family) => family.toLowerCase());
}

const aboutCallers =
  /^(aws:(username|userid|principalarn|principalaccount|principaltag\/.*)|s3:(authtype|signatureage|signatureversion))$/;

function speaks(document: NaiveDocument, effect: 'Allow' | 'Deny', request: NaiveRequest): boolean {
  return document.Statement.some((statement) => statement.Effect === effect && isAbout(document, statement, request));
}

function isAbout({ Version }: NaiveDocument, statement: NaiveStatement, request: NaiveRequest): boolean {
  const how = whom(statement, request);
  if (how === 'nobody') {
    return false;
  }
  const isStranger = request.caller.name !== null && request.caller.tenant !== request.tenant;
  const facts =
    how === 'everybody' && isStranger && statement.Effect === 'Allow' ? anonymous(request.facts) : request.facts;
  const context = { facts, hasVariables: Version === '2012-10-17', effect: statement.Effect };
  const lower = (patterns: string[]) => patterns.map((pattern) => pattern.toLowerCase());
  const isAction = (patterns: string[]) =>
    lower(patterns).some((pattern) => like(pattern, request.action.toLowerCase(), { ...context, hasVariables: false }));
  const isResource = (patterns: string[]) => patterns.some((pattern) => like(pattern, request.resource, context));
  const { Action, NotAction, Resource, NotResource } = statement;
  const actionFits = Action === undefined ? !isAction(list(NotAction)) : isAction(list(Action));
  const resourceFits =
    Resource === undefined
      ? !isResource(list(NotResource)) && !isTooOpen(list(NotResource), context)
      : isResource(list(Resource));
  return actionFits && resourceFits && conditionsHold(statement.Condition ?? {}, context);
}

interface Context {
  facts: Record<string, string[]>;
  hasVariables: boolean;
  effect: 'Allow' | 'Deny';
}

function anonymous(facts: Record<string, string[]>): Record<string, string[]> {
  const kept = Object.entries(facts).filter(([key]) => !aboutCallers.test(key));
  return { ...Object.fromEntries(kept), 'aws:principaltype': ['Anonymous'] };
}

/** How the statement reaches the caller: by name, as one of everybody, or not. */
function whom({ Principal, NotPrincipal }: NaiveStatement, request: NaiveRequest): 'named' | 'everybody' | 'nobody' {
  if (Principal === undefined && NotPrincipal === undefined) {
    return 'named';
  }
  const names = namesIn(Principal ?? NotPrincipal);
  const isNamed = names.some((name) => isCaller(name, request));
  const isListed = isNamed || names.includes('*');
  if (NotPrincipal !== undefined) {
    return isListed ? 'nobody' : 'everybody';
  }
  return isNamed ? 'named' : isListed ? 'everybody' : 'nobody';
}

function namesIn(principal: unknown): string[] {
  if (typeof principal === 'string') {
    return [principal];
  }
  const { AWS = [], CanonicalUser = [] } = principal as Record<string, string | string[]>;
  return [...list(AWS), ...list(CanonicalUser)];
}

function isCaller(name: string, { caller, tenant }: NaiveRequest): boolean {
  if (caller.name === null) {
    return false;
  }
  const own = name.replace('arn:aws:iam:::', `arn:aws:iam::${tenant}:`);
  return [
    `arn:aws:iam::${caller.tenant}:user/${caller.name}`,
    `arn:aws:iam::${caller.tenant}:root`,
    caller.canonicalId,
  ].includes(own);
}

function conditionsHold(conditions: NonNullable<NaiveStatement['Condition']>, context: Context): boolean {
  return Object.entries(conditions).every(([operator, keys]) =>
    Object.entries(keys).every(([key, values]) => conditionHolds(operator, [key, list(values)], context)),
  );
}

function conditionHolds(operator: string, [key, wanted]: [string, string[]], context: Context): boolean {
  const sent = context.facts[spell(key)] ?? [];
  if (operator === 'Null') {
    return wanted.includes(String(sent.length === 0));
  }
  const [, quantifier, name = '', optional] = /^(ForAllValues:|ForAnyValue:)?(.*?)(IfExists)?$/.exec(operator) ?? [];
  const isNegative = name.includes('Not');
  const base = name.replace('Not', '');
  if (isNegative && /^(String|Arn)/.test(base) && isTooOpen(wanted, context)) {
    return false;
  }
  if (sent.length === 0) {
    return quantifier === 'ForAnyValue:'
      ? optional !== undefined
      : quantifier !== undefined || isNegative || optional !== undefined;
  }
  const equalsAny = (value: string) => wanted.some((own) => compares(base, [value, own], context));
  if (quantifier === undefined) {
    return sent.some(equalsAny) !== isNegative;
  }
  const fits = (value: string) => equalsAny(value) !== isNegative;
  return quantifier === 'ForAllValues:' ? sent.every(fits) : sent.some(fits);
}

function compares(base: string, [sent, own]: [string, string], context: Context): boolean {
  switch (base) {
    case 'StringEquals':
      return filled(own, context) === sent;
    case 'StringEqualsIgnoreCase':
      return filled(own, context)?.toLowerCase() === sent.toLowerCase();
    case 'StringLike':
      return like(own, sent, context);
    case 'ArnEquals':
    case 'ArnLike':
      return arnLike(own, sent, context);
    case 'Bool':
      return sent.toLowerCase() === own.toLowerCase();
    case 'BinaryEquals':
      return Buffer.from(sent, 'base64').toString('hex') === Buffer.from(own, 'base64').toString('hex');
    case 'IpAddress':
      return inRange(sent, own);
  }
  const [, kind, relation = ''] = /^(Numeric|Date)(.*)$/.exec(base) ?? [];
  const read =
    kind === 'Date' ? timeOf : (text: string) => (/^[+-]?\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN);
  const [a, b] = [read(sent), read(own)];
  const relations: Record<string, boolean> = {
    Equals: a === b,
    LessThan: a < b,
    LessThanEquals: a <= b,
    GreaterThan: a > b,
    GreaterThanEquals: a >= b,
  };
  return relations[relation] ?? false;
}

/** True when an Allow would be wider for a variable that stands for nothing. */
function isTooOpen(texts: string[], context: Context): boolean {
  return context.effect === 'Allow' && texts.some((text) => filled(text, context) === undefined);
}

const variable = /\$\{([^}]*)\}/g;

/** With values in the place of variables; undefined when there is one without. */
function filled(text: string, { facts, hasVariables }: Context, keep: (value: string) => string = String) {
  if (!hasVariables) {
    return text;
  }
  let isWhole = true;
  const result = text.replace(variable, (_all, inner: string) => {
    if (['*', '?', '$'].includes(inner)) {
      return keep(inner);
    }
    const [key = '', fallback] = inner.split(',');
    const values = facts[spell(key.trim())] ?? [];
    const value = values.length === 1 ? values[0] : fallback?.trim().slice(1, -1);
    isWhole &&= value !== undefined;
    return keep(value ?? '');
  });
  return isWhole ? result : undefined;
}

function like(pattern: string, text: string, context: Context): boolean {
  // Values are hidden as code points of their own, so that their stars are not the pattern's.
  const hide = (value: string) => value.replaceAll('*', '\ue000').replaceAll('?', '\ue001');
  const whole = filled(pattern, context, hide);
  if (whole === undefined) {
    return false;
  }
  const source = whole
    .replace(/[.+^${}()|[\]\\/]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
    .replaceAll('\ue000', '\\*')
    .replaceAll('\ue001', '\\?');
  return new RegExp(`^${source}$`, 'su').test(text);
}

function arnLike(pattern: string, text: string, context: Context): boolean {
  // Colons in braces belong to keys of variables.
  const parts = pattern.split(/:(?![^{}]*\})/);
  const own = [...parts.slice(0, 5), ...(parts.length > 5 ? [parts.slice(5).join(':')] : [])];
  const pieces = text.split(':');
  const most = own.at(-1) === '*' ? own.length : 6;
  const sent = pieces.length <= most ? pieces : [...pieces.slice(0, most - 1), pieces.slice(most - 1).join(':')];
  return sent.length === own.length && own.every((part, index) => like(part, sent[index] ?? '', context));
}

function timeOf(text: string): number {
  return /^\d{5,}$/.test(text) ? Number(text) * 1000 : Date.parse(text);
}

function inRange(sent: string, range: string): boolean {
  const [own = '', bits] = range.split('/');
  const [a, b] = [bitsOf(sent), bitsOf(own)];
  const length = bits === undefined ? b.length : Number(bits);
  return a.length === b.length && a.length > 0 && a.slice(0, length) === b.slice(0, length);
}

function bitsOf(address: string): string {
  const bits = (value: number, width: number) => value.toString(2).padStart(width, '0');
  if (/^\d+\.\d+\.\d+\.\d+$/.test(address)) {
    return address
      .split('.')
      .map((part) => bits(Number(part), 8))
      .join('');
  }
  if (!address.includes(':')) {
    return '';
  }
  const [front = '', back = ''] = address.split('::');
  const head = front.split(':').filter(Boolean);
  const tail = back.split(':').filter(Boolean);
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0');
  return [...head, ...zeros, ...tail].map((part) => bits(Number.parseInt(part, 16), 16)).join('');
}

function list(value: string | string[] | undefined): string[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}
