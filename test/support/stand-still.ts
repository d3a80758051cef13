/** The process does nothing else for so long, as when the machine gives it no time. */
export function standStill(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}
