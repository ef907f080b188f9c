import { Alert, Button, Collapse, Group, Loader, Stack, Text } from '@mantine/core';
import { useDebouncedValue, useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';

import { countQuery, suggestionsQuery } from '../../../api/modelQueries';
import { CopyField } from '../../../components/CopyField';
import { count as grouped, plural } from '../../../components/numbers';
import { ProblemAlert } from '../../../components/ProblemAlert';
import { Rows } from '../Rows';
import { text, withModel, type Spec } from '../spec';
import { usable } from '../fits';
import { bodyOf } from '../useModel';
import { complete, whole, type Condition } from './conditions';

interface Props {
  spec: Spec;
  change: (spec: Spec) => void;
}

/** People tells how many rows fulfil the conditions of a spec, some of them, and their SQL. */
export function People({ spec, change }: Props) {
  const source = text(spec, 'source');
  const [settled] = useDebouncedValue(spec, 400);
  const ready = complete(whole(settled.where as Condition | undefined));
  const model = bodyOf(settled);
  const { data, error, isFetching, refetch } = useQuery(
    countQuery(source, model, text(settled, 'identifier'), ready),
  );
  const [shown, show] = useDisclosure(false);
  if (!ready)
    return (
      <Text size="sm" c="dimmed" role="status">
        Fill in what is left, to see how many people they are.
      </Text>
    );
  if (error)
    return (
      <ProblemAlert error={error} title="The conditions could not be tried" retry={() => void refetch()} />
    );
  return (
    <Stack>
      <Alert variant="light" icon={isFetching ? <Loader size="xs" aria-label="Counting" /> : undefined}>
        <Group justify="space-between">
          <Text role="status">
            {data === undefined ? (
              'Counting…'
            ) : data.rows === null ? (
              'Fewer than 5 rows.'
            ) : (
              <>
                <b>{grouped(data.rows)}</b> {data.rows === 1 ? 'row' : 'rows'}
                {'where' in model ? ' fulfil the conditions.' : ' in the table.'}
              </>
            )}
          </Text>
          {data?.sql && (
            <Button variant="subtle" size="compact-sm" onClick={show.toggle} aria-expanded={shown}>
              {shown ? 'Hide the SQL' : 'Show the SQL'}
            </Button>
          )}
        </Group>
        <Identities spec={settled} />
      </Alert>
      <Collapse expanded={shown}>
        {data?.sql && (
          <Stack gap="xs">
            <CopyField value={data.sql} label="SQL of the conditions" />
            <Button
              variant="default"
              w="fit-content"
              onClick={() => data.sql && change(withModel(spec, { kind: 'sql', text: data.sql }))}
            >
              Go on as SQL
            </Button>
          </Stack>
        )}
      </Collapse>
      <Rows source={source} model={model} />
    </Stack>
  );
}

/** Identities tells how many of the people X could be told of, on a sample; the review counts them all. */
function Identities({ spec }: { spec: Spec }) {
  const { data, isPlaceholderData } = useQuery(
    suggestionsQuery(text(spec, 'source'), bodyOf(spec), text(spec, 'destination'), {}, true),
  );
  if (!data || isPlaceholderData || data.sampled_rows === 0) return null;
  const found = usable(data);
  if (found.length === 0) return null;
  return (
    <Text size="sm" mt="fine">
      Of {plural(data.sampled_rows, 'row')} that {data.sampled_rows === 1 ? 'was' : 'were'} looked at,{' '}
      {found.map((u) => `${grouped(u.rows)} ${u.rows === 1 ? 'has' : 'have'} a usable ${u.field}`).join(', ')}
      .
    </Text>
  );
}
