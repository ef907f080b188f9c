import { Alert, Loader } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Navigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';

import { destinationsQuery, meQuery, sourcesQuery } from '../../api/queries';
import { useAccess } from '../../components/access';
import { PageHeader } from '../../components/PageHeader';
import { newID } from './drafts';
import { NewConnection } from './NewConnection';
import type { Spec } from './spec';

/** Connect makes a connection, step by step. Its address names the draft and the step. */
export default function Connect() {
  const search = useSearch({ from: '/app/connect' });
  const { data: me } = useQuery(meQuery);
  const sources = useQuery(sourcesQuery);
  const destinations = useQuery(destinationsQuery);
  const { edit } = useAccess();
  const [fresh] = useState(newID);

  if (!me) return null;
  if (!edit)
    return (
      <>
        <PageHeader title="Connect" />
        <Alert title="Viewers can look and not change">
          Making a connection is for editors and administrators. Ask an administrator for the role.
        </Alert>
      </>
    );
  if (!search.draft) return <Navigate to="/connect" search={{ ...search, draft: fresh }} replace />;
  if (sources.isPending || destinations.isPending) return <Loader aria-label="Loading" />;
  const begin = {
    ...one('source', search.source, sources.data),
    ...one('destination', search.destination, destinations.data),
  };
  return <NewConnection key={search.draft} person={me.id} id={search.draft} begin={begin} />;
}

/** one chooses what somebody came from the page of; else what there is only one of. */
function one(kind: 'source' | 'destination', named: string | undefined, all: { name: string }[] = []): Spec {
  const [first, ...more] = all;
  const name = named ?? (more.length === 0 ? first?.name : undefined);
  return name ? { [kind]: name } : {};
}
