/** variablesOf are the names that a configuration file reads from the environment, each once. */
export function variablesOf(text: string): string[] {
  const names = new Set<string>();
  for (const m of text.matchAll(/(\$+)\{([^{}]+)\}/g)) {
    // $${ stands for ${ itself.
    if (m[1] === '$' && m[2]) names.add(m[2]);
  }
  return [...names];
}
