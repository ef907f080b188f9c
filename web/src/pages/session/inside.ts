/** inside is where to go after the log-in: an address of this page, and no other site's. */
export function inside(to: string | undefined): string {
  if (!to?.startsWith('/')) return '/';
  try {
    // Browsers drop tabs and take \ for /: what an address means is for their own parser to say.
    const here = 'http://here.invalid';
    const { origin, pathname } = new URL(to, here);
    return origin === here && !pathname.startsWith('//') && !pathname.startsWith('/login') ? to : '/';
  } catch {
    return '/';
  }
}
