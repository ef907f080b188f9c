import type { User } from '../../api/schema.gen';

export type Role = User['role'];

/** roles are what people may do, the least first. */
export const roles: { value: Role; label: string; text: string }[] = [
  {
    value: 'viewer',
    label: 'Viewer',
    text: 'sees everything but people and the audit log, and changes nothing',
  },
  {
    value: 'editor',
    label: 'Editor',
    text: 'makes and changes sources, X accounts, connections and alerts, and runs them',
  },
  {
    value: 'admin',
    label: 'Administrator',
    text: 'does all that, deletes audiences, and looks after people',
  },
];

/** roleLabel is the word for a role. */
export function roleLabel(role: Role): string {
  return roles.find((r) => r.value === role)?.label ?? role;
}

/** rolesUpTo are the roles that are no more than one. */
export function rolesUpTo(role: Role): typeof roles {
  return roles.slice(0, roles.findIndex((r) => r.value === role) + 1);
}

/** minPassword is how long the server wants passwords to be. */
export const minPassword = 12;

/** passwordMistake says what a new password lacks. */
export function passwordMistake(password: string): string | null {
  return password.length >= minPassword ? null : `Take at least ${minPassword} characters`;
}
