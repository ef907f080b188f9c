/**
 * named is the audience that has a name, if there is one. X does not say whether names that differ in
 * capitals are two: here they are one, so that nobody is refused later.
 */
export function named<A extends { name: string }>(audiences: readonly A[], name: string): A | undefined {
  const plain = (text: string) => text.trim().toLowerCase();
  return audiences.find((a) => plain(a.name) === plain(name));
}
