import { Button, Stack } from '@mantine/core';
import { IconPlus, IconUserOff } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { optOutsQuery } from '../../api/suppression';
import { useAccess } from '../../components/access';
import { Empty } from '../../components/Empty';
import { ProblemAlert } from '../../components/ProblemAlert';
import { Waiting } from '../../components/Waiting';
import { OptOutTable } from './OptOutTable';
import { SectionHead } from './SectionHead';
import { SuppressionTable } from './SuppressionTable';
import { UploadForm } from './UploadForm';
import { UploadListForm } from './UploadListForm';

/** Suppression is who is in no audience, and how far connections are with carrying it out. */
export function Suppression() {
  const { edit } = useAccess();
  const found = useQuery(optOutsQuery);
  const queries = useQueryClient();
  const [making, setMaking] = useState(false);
  const [uploading, setUploading] = useState<string>();
  const read = () => queries.invalidateQueries({ queryKey: optOutsQuery.queryKey });
  const make = edit && (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setMaking(true)}>
      Make a list
    </Button>
  );
  const none = found.data?.lists.length === 0;
  return (
    <Stack gap="xl">
      <section aria-label="Suppression lists">
        <SectionHead
          title="Suppression lists"
          text="Whoever is on a list is in no audience of any connection, and leaves at its next run. The guard does not count them: a run that it holds because of others takes them out all the same."
          action={!none && make}
        />
        <ProblemAlert error={found.error} retry={() => void found.refetch()} />
        {found.isPending && <Waiting lines={2} />}
        {none && (
          <Empty icon={IconUserOff} title="No lists yet" action={make}>
            Upload who opted out, or name a table of theirs under suppress: in the configuration file.
          </Empty>
        )}
        {found.data && !none && (
          <SuppressionTable lists={found.data.lists} edit={edit} upload={setUploading} done={read} />
        )}
      </section>
      {found.data && !none && found.data.connections.length > 0 && (
        <OptOutTable connections={found.data.connections} />
      )}
      {making && (
        <UploadListForm
          close={() => setMaking(false)}
          made={(name) => {
            setMaking(false);
            setUploading(name);
            return read();
          }}
        />
      )}
      {uploading !== undefined && (
        <UploadForm list={uploading} close={() => setUploading(undefined)} done={read} />
      )}
    </Stack>
  );
}
