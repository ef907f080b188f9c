import { Alert, Anchor, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';

import { connectionQuery, meQuery } from '../../api/queries';
import { useAccess } from '../../components/access';
import { PageHeader } from '../../components/PageHeader';
import { ProblemAlert } from '../../components/ProblemAlert';
import { EditConnection } from './EditConnection';

/** Edit changes a connection with the steps that made it. */
export default function Edit() {
  const { name } = useParams({ from: '/app/connections/$name/edit' });
  const { data: me } = useQuery(meQuery);
  const { edit } = useAccess();
  // What is changed must be what the server has now, not what the page remembers.
  const stored = useQuery({ ...connectionQuery(name), refetchOnMount: 'always' });
  const [round, setRound] = useState(0);
  const crumbs = [
    <Anchor key="list" size="sm" renderRoot={(props) => <Link to="/connections" {...props} />}>
      Connections
    </Anchor>,
    <Anchor
      key="one"
      size="sm"
      renderRoot={(props) => <Link to="/connections/$name" params={{ name }} {...props} />}
    >
      {name}
    </Anchor>,
  ];

  if (!edit)
    return (
      <>
        <PageHeader title={`Edit ${name}`} crumbs={crumbs} />
        <Alert title="Viewers can look and not change">
          Changing a connection is for editors and administrators. Its page shows how it is set up.
        </Alert>
      </>
    );
  return (
    <>
      <PageHeader
        title={`Edit ${name}`}
        crumbs={crumbs}
        text="Nothing changes before you save. A run that is under way goes on as it began; the next one does as it says here."
      />
      {stored.error && <ProblemAlert error={stored.error} retry={() => void stored.refetch()} />}
      {!stored.error && (!stored.isFetchedAfterMount || !me) && (
        <Skeleton h={420} aria-label="Reading the connection" />
      )}
      {stored.data && stored.isFetchedAfterMount && me && (
        <EditConnection
          key={round}
          person={me.id}
          object={stored.data}
          reload={async () => {
            await stored.refetch();
            setRound((n) => n + 1);
          }}
        />
      )}
    </>
  );
}
