/** https://www.w3.org/TR/NOTE-datetime, from the year alone to fractions of a second. */
const iso = /^\d{4}(?:-\d{2}(?:-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2}))?)?)?$/;
const basic = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/;
const epochSeconds = /^\d{5,12}(?:\.\d{1,9})?$/;

/** A time of ISO 8601 or in seconds since 1970, in milliseconds; four digits alone are a year. */
export function parseTime(text: string): number | undefined {
  if (epochSeconds.test(text)) {
    return Number(text) * 1000;
  }
  const extended = text.replace(basic, '$1-$2-$3T$4:$5:$6Z').replace(/([+-]\d{2})(\d{2})$/, offsetWithColon);
  const time = iso.test(text) || basic.test(text) ? Date.parse(extended) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

function offsetWithColon(offset: string, hours: string, minutes: string, at: number): string {
  // In front of a time the same characters are a month and a day.
  return at > 10 ? `${hours}:${minutes}` : offset;
}
