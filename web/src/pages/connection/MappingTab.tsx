import { Anchor, Card, Code, Skeleton, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';

import { kindsQuery } from '../../api/queries';
import type { ConnectionSpec } from '../../api/schema.gen';
import { plural } from '../../components/numbers';
import { count, whole, type Condition } from '../connect/where/conditions';
import { audienceName, mapped } from './spec';

const SqlEditor = lazy(() => import('../../components/SqlEditor'));

/** MappingTab says in plain words what is mirrored where. */
export function MappingTab({ spec }: { spec: ConnectionSpec }) {
  const kinds = useQuery(kindsQuery);
  const fields = new Map(
    (kinds.data?.destinations ?? []).flatMap((d) => d.fields).map((f) => [f.name, f] as const),
  );
  const conditions = count(whole(spec.where as Condition | undefined));
  return (
    <Stack>
      <Card component="section" aria-labelledby="model">
        <Title order={2} fz="h4" id="model" mb="xs">
          Model
        </Title>
        <Stack gap="sm">
          <Text component="div">
            {spec.table ? (
              <>
                {conditions === 0 ? 'Every row' : 'The rows'} of the table <Code>{spec.table}</Code>
                {conditions > 0 && ` that fulfil ${plural(conditions, 'condition')}`}
              </>
            ) : (
              'Every row that the query below returns'
            )}{' '}
            of the source{' '}
            <Anchor
              underline="always"
              renderRoot={(props) => <Link to="/sources/$name" params={{ name: spec.source }} {...props} />}
            >
              {spec.source}
            </Anchor>
            . A row is known by its column <Code>{spec.identifier}</Code>.
          </Text>
          {spec.sql && (
            <Suspense fallback={<Skeleton h={120} />}>
              <SqlEditor label="SQL of the model" source={spec.source} value={spec.sql} />
            </Suspense>
          )}
          <Text component="div">
            Its people go into the audience <strong>{audienceName(spec)}</strong> of the X account{' '}
            <Anchor
              underline="always"
              renderRoot={(props) => (
                <Link to="/destinations/$name" params={{ name: spec.destination }} {...props} />
              )}
            >
              {spec.destination}
            </Anchor>
            {spec.audience.create ? ', which the first run makes' : ''}.
          </Text>
        </Stack>
      </Card>
      <Card component="section" aria-labelledby="mapping">
        <Title order={2} fz="h4" id="mapping" mb="xs">
          Mapping
        </Title>
        <Table.ScrollContainer minWidth={480}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Field at X</Table.Th>
                <Table.Th>Filled from</Table.Th>
                <Table.Th>What it is</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {mapped(spec).map((m) => (
                <Table.Tr key={m.field}>
                  <Table.Th scope="row" fw={500}>
                    {m.field}
                  </Table.Th>
                  <Table.Td>
                    {m.column !== null ? (
                      <>
                        column <Code>{m.column}</Code>
                      </>
                    ) : (
                      <>
                        always <Code>{m.constant}</Code>
                      </>
                    )}
                  </Table.Td>
                  <Table.Td>
                    <Text size="sm" c="dimmed">
                      {fields.get(m.field)?.help}
                    </Text>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
        <Text size="sm" c="dimmed" mt="sm">
          Values are normalised by X’s rules and hashed before they leave. A row with none of these filled
          cannot be matched, and is left out.
        </Text>
      </Card>
    </Stack>
  );
}
