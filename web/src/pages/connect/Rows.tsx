import { Alert, Group, Skeleton, Stack, Table, Text } from '@mantine/core';
import { IconEyeOff } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';

import { previewQuery, type ModelBody } from '../../api/modelQueries';
import { plural } from '../../components/numbers';
import { ProblemAlert } from '../../components/ProblemAlert';
import { seenText } from '../../components/seen';
import { visible } from '../../components/visible';

interface Props {
  source: string;
  model: ModelBody;
  /** old says that the query was changed since. */
  old?: boolean;
}

/** Rows shows the first rows of a model. They are looked at and not stored. */
export function Rows({ source, model, old = false }: Props) {
  const { data, error, isFetching, refetch } = useQuery(previewQuery(source, model, true));
  if (error)
    return <ProblemAlert error={error} title="The model could not be read" retry={() => void refetch()} />;
  if (!data)
    return (
      <Stack gap="xs" aria-busy="true" aria-label="Reading rows">
        {[1, 2, 3, 4, 5].map((i) => (
          <Skeleton key={i} h={26} />
        ))}
      </Stack>
    );
  return (
    <Stack gap="xs" aria-busy={isFetching}>
      <Group gap="xs">
        <Text size="sm" role="status">
          {!data.masked &&
            `${data.rows.length === 50 ? 'The first 50 rows' : plural(data.rows.length, 'row')}, `}
          {plural(data.columns.length, 'column')}.{old ? ' The query was changed since; run it again.' : ''}
        </Text>
      </Group>
      {data.masked && <Masked />}
      {data.rows.length === 0 && !data.masked && (
        <Text size="sm" c="dimmed">
          The model has no rows now. An audience that it feeds would be empty.
        </Text>
      )}
      <Table.ScrollContainer
        minWidth={0}
        maxHeight={360}
        type="native"
        tabIndex={0}
        role="region"
        aria-label="Rows of the model"
      >
        <Table stickyHeader verticalSpacing="snug" withTableBorder fz="sm">
          <Table.Thead>
            <Table.Tr>
              {data.columns.map((c) => (
                <Table.Th key={c.name} scope="col">
                  {visible(c.name)}
                  <Text size="xs" c="dimmed" fw={400}>
                    {c.type.toLowerCase()}
                  </Text>
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {data.masked && (
              <Table.Tr>
                {data.columns.map((c, i) => (
                  <Table.Td key={i} c="dimmed">
                    {seenText(c.seen)}
                  </Table.Td>
                ))}
              </Table.Tr>
            )}
            {data.rows.map((row, i) => (
              <Table.Tr key={i}>
                {(row ?? []).map((value, j) => (
                  <Table.Td key={j} maw={280}>
                    {value === null ? (
                      <Text size="sm" c="dimmed" fs="italic">
                        null
                      </Text>
                    ) : (
                      <Text size="sm" truncate>
                        {visible(value)}
                      </Text>
                    )}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Stack>
  );
}

/** Masked tells somebody who may not see values why they look as they do. */
export function Masked() {
  return (
    <Alert icon={<IconEyeOff aria-hidden />} color="gray" title="Values are not shown">
      Your account may not see raw values: of the columns of a table it is told what their values have in
      common, and of an expression of a query nothing. An administrator can change that under Settings,
      People.
    </Alert>
  );
}
