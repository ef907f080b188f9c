import { Grid, Input, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { EditorView } from '@uiw/react-codemirror';
import { lazy, Suspense, useCallback, useMemo, useState } from 'react';

import { Problem } from '../../api/client';
import { countQuery, previewQuery } from '../../api/modelQueries';
import { meQuery } from '../../api/queries';
import { plural } from '../../components/numbers';
import { sentence } from '../../components/ProblemAlert';
import { History } from '../../shell/ran';
import { Rows } from './Rows';
import { SqlBar } from './SqlBar';
import { SqlTables } from './SqlTables';
import { useKnownNames } from './useKnownNames';

// The editor is large, and most people choose a table.
const SqlEditor = lazy(() => import('../../components/SqlEditor'));

interface Props {
  source: string;
  value: string;
  onChange: (sql: string) => void;
  error?: string | undefined;
}

/** SqlModel writes a query and runs it to see its first rows, and how many there are. */
export function SqlModel({ source, value, onChange, error }: Props) {
  const queries = useQueryClient();
  const { data: me } = useQuery(meQuery);
  const history = useMemo(() => new History(localStorage, me?.id ?? '', source), [me?.id, source]);
  const [ran, setRan] = useState('');
  const [view, setView] = useState<EditorView>();
  const preview = useQuery(previewQuery(source, { sql: ran }, ran !== ''));
  const known = useKnownNames(source, value);

  const { refetch } = preview;
  const run = useCallback(() => {
    if (!value.trim()) return;
    history.add(value, Date.now());
    if (value === ran) void refetch();
    else setRan(value);
  }, [history, ran, refetch, value]);
  const cancel = () => {
    void queries.cancelQueries({ queryKey: ['sources', source, 'preview', { sql: ran }] });
    setRan('');
  };
  const mark = useMemo(() => {
    const failed = preview.error instanceof Problem && ran === value ? preview.error : undefined;
    return failed?.at && { ...failed.at, text: sentence(failed.message) };
  }, [preview.error, ran, value]);

  return (
    <Stack>
      <Grid gap="md">
        <Grid.Col span={{ base: 12, md: 8 }}>
          <Stack gap="xs">
            <Input.Wrapper
              label="SQL query"
              description="One SELECT. It is run so that it cannot write. Each row is a record; choose the columns that X is to match people by, and one that tells rows apart."
              error={error}
              labelElement="div"
            >
              <Suspense fallback={<Skeleton h={220} mt="xs" />}>
                <SqlEditor
                  label="SQL query"
                  source={source}
                  value={value}
                  onChange={onChange}
                  onRun={run}
                  onOpen={setView}
                  mark={mark}
                  known={known}
                />
              </Suspense>
            </Input.Wrapper>
            <SqlBar
              source={source}
              value={value}
              onChange={onChange}
              run={run}
              cancel={cancel}
              running={preview.isFetching}
              history={history}
            />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 4 }}>
          <SqlTables
            source={source}
            insert={(name) => {
              view?.dispatch(view.state.replaceSelection(name));
              view?.focus();
            }}
          />
        </Grid.Col>
      </Grid>
      {ran && preview.data && <Total source={source} sql={ran} />}
      {ran && <Rows source={source} model={{ sql: ran }} old={ran !== value} />}
    </Stack>
  );
}

/** Total counts all rows of a query that can be read. */
function Total({ source, sql }: { source: string; sql: string }) {
  const { data, error, isPlaceholderData } = useQuery(countQuery(source, { sql }, '', true));
  let text = 'Counting all rows…';
  if (error) text = `How many rows there are in all is not known: ${error.message}.`;
  else if (data && !isPlaceholderData)
    text = data.rows === null ? 'Fewer than 5 rows in all.' : `${plural(data.rows, 'row')} in all.`;
  return (
    <Text size="sm" role="status">
      {text}
    </Text>
  );
}
