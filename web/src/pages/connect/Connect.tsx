import { Alert } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Navigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';

import { meQuery } from '../../api/queries';
import { useAccess } from '../../components/access';
import { PageHeader } from '../../components/PageHeader';
import { newID } from './drafts';
import { NewConnection } from './NewConnection';

/** Connect makes a connection, step by step. Its address names the draft and the step. */
export default function Connect() {
  const search = useSearch({ from: '/app/connect' });
  const { data: me } = useQuery(meQuery);
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
  return <NewConnection key={search.draft} person={me.id} id={search.draft} />;
}
