import { autocompletion, completeFromList } from '@codemirror/autocomplete';
import { MySQL, PostgreSQL, sql, StandardSQL, type SQLDialect } from '@codemirror/lang-sql';
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { linter, lintGutter } from '@codemirror/lint';
import { tags } from '@lezer/highlight';
import { Box, useComputedColorScheme } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import CodeMirror, { EditorView, keymap, Prec } from '@uiw/react-codemirror';
import { useMemo } from 'react';

import { sourcesQuery } from '../api/queries';
import { rangeOf, type Mark } from './sqlPlace';

interface Props {
  label: string;
  /** source is the name of the source whose SQL it is. */
  source: string;
  value: string;
  /** onChange is called while somebody writes; without it the query can only be read. */
  onChange?: (sql: string) => void;
  /** onRun is called for Ctrl+Enter. */
  onRun?: () => void;
  /** onOpen is given the editor once it is there. */
  onOpen?: (view: EditorView) => void;
  /** mark is a mistake to point to. */
  mark?: Mark | undefined;
  /** known are names that are offered while somebody writes: tables, each with its columns. */
  known?: Readonly<Record<string, readonly string[]>> | undefined;
}

// Colours of the theme, which have the contrast that words need in both schemes.
const words = HighlightStyle.define([
  { tag: tags.keyword, color: 'var(--mantine-color-anchor)', fontWeight: '600' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--mantine-color-green-light-color)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--mantine-color-orange-light-color)' },
  { tag: tags.comment, color: 'var(--mantine-color-dimmed)', fontStyle: 'italic' },
]);

const look = (dark: boolean) =>
  EditorView.theme(
    {
      '&': { color: 'var(--mantine-color-text)' },
      '.cm-content': {
        caretColor: 'var(--mantine-color-text)',
        fontFamily: 'var(--mantine-font-family-monospace)',
      },
      '.cm-cursor': { borderLeftColor: 'var(--mantine-color-text)' },
      '.cm-gutters': {
        backgroundColor: 'transparent',
        borderRight: '1px solid var(--mantine-color-default-border)',
        color: 'var(--mantine-color-dimmed)',
      },
    },
    { dark },
  );

// dialects are those of warehouses whose SQL is not like PostgreSQL's.
const dialects: Partial<Record<string, SQLDialect>> = {
  bigquery: StandardSQL,
  clickhouse: StandardSQL,
  databricks: StandardSQL,
  mysql: MySQL,
  snowflake: StandardSQL,
  trino: StandardSQL,
};

/** helped is a language that offers its words, tables, and before all of them their columns. */
function helped(dialect: SQLDialect, known: Props['known']) {
  const columns = [...new Set(Object.values(known ?? {}).flat())];
  const first = completeFromList(columns.map((label) => ({ label, type: 'property', boost: 99 })));
  return [
    sql({ dialect, ...(known && { schema: known }) }),
    dialect.language.data.of({ autocomplete: first }),
    autocompletion({ icons: false }),
  ];
}

/** pointer underlines what a mark is about, and says at the line's number what is wrong. */
function pointer(mark: Mark | undefined) {
  if (!mark) return [];
  return [
    lintGutter(),
    linter(
      (view) => [{ ...rangeOf(view.state.doc.toString(), mark), severity: 'error', message: mark.text }],
      { delay: 0 },
    ),
  ];
}

/** SqlEditor is an editor with highlighting, completion and a mark at a mistake. The Tab key leaves it, as it leaves every field. */
export default function SqlEditor(props: Props) {
  const { label, source, value, onChange, onRun, onOpen, mark, known } = props;
  const { data: sources } = useQuery(sourcesQuery);
  const type = sources?.find((s) => s.name === source)?.spec.type ?? '';
  const scheme = useComputedColorScheme('light');
  const extensions = useMemo(
    () => [
      helped(dialects[type] ?? PostgreSQL, known),
      syntaxHighlighting(words),
      look(scheme === 'dark'),
      EditorView.lineWrapping,
      EditorView.contentAttributes.of({ 'aria-label': label }),
      Prec.highest(
        keymap.of([
          {
            key: 'Mod-Enter',
            run: () => {
              onRun?.();
              return true;
            },
          },
        ]),
      ),
    ],
    [label, onRun, scheme, type, known],
  );
  const pointing = useMemo(() => pointer(mark), [mark]);
  return (
    <Box mt="xs" bd="1px solid var(--mantine-color-default-border)" bdrs="md" className="editor">
      <CodeMirror
        value={value}
        {...(onChange ? { onChange, minHeight: '180px' } : { readOnly: true })}
        theme="none"
        maxHeight="420px"
        indentWithTab={false}
        extensions={[extensions, pointing]}
        {...(onOpen && { onCreateEditor: onOpen })}
        basicSetup={{
          autocompletion: false,
          foldGutter: false,
          highlightActiveLine: false,
          highlightActiveLineGutter: false,
          syntaxHighlighting: false,
        }}
      />
    </Box>
  );
}
