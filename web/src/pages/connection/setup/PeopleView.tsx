import { Anchor, Code, Skeleton, Stack, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';

import type { ConnectionSpec } from '../../../api/schema.gen';
import { plural } from '../../../components/numbers';
import { count, whole, type Condition } from '../../connect/where/conditions';

const SqlEditor = lazy(() => import('../../../components/SqlEditor'));

/** PeopleView says in plain words whose rows are mirrored. */
export function PeopleView({ spec }: { spec: ConnectionSpec }) {
  const conditions = count(whole(spec.where as Condition | undefined));
  return (
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
        .
      </Text>
      {spec.sql && (
        <Suspense fallback={<Skeleton h={120} />}>
          <SqlEditor label="SQL of the model" source={spec.source} value={spec.sql} />
        </Suspense>
      )}
    </Stack>
  );
}
