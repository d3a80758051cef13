import { matchesAction, type Question } from './match-statement.js';
import type { Policy, PolicyStatement } from './policy.js';

/** More than there are actions: only who asks for made-up ones gets beyond it. */
const mostActions = 512;

const known = new WeakMap<Policy, Map<string, readonly PolicyStatement[]>>();

/** The statements of a policy that are about the action, in their order: found once, as what they match never changes. */
export function statementsAbout(policy: Policy, question: Question): readonly PolicyStatement[] {
  const { lowerAction } = question;
  const byAction = actionsOf(policy);
  const found = byAction.get(lowerAction);
  if (found !== undefined) {
    return found;
  }
  const about = policy.statements.filter((statement) => matchesAction(statement, question));
  if (byAction.size < mostActions) {
    byAction.set(lowerAction, about);
  }
  return about;
}

function actionsOf(policy: Policy): Map<string, readonly PolicyStatement[]> {
  const there = known.get(policy);
  if (there !== undefined) {
    return there;
  }
  const made = new Map<string, readonly PolicyStatement[]>();
  known.set(policy, made);
  return made;
}
