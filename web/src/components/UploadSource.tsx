import { Alert, Button, Divider, Group, List, Stack, Text } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { mostBytes, uploadFile } from '../api/files';
import { sourceQuery, sourcesQuery } from '../api/queries';
import type { FileTaken, LeftSheet } from '../api/schema.gen';
import { Rows } from '../pages/connect/Rows';
import { FileDrop } from './FileDrop';
import { bytes, plural } from './numbers';
import type { Stored } from './objects';
import { ProblemAlert } from './ProblemAlert';
import { visible } from './visible';

/** fileEndings are those of files that become sources. */
export const fileEndings = '.csv,.tsv,.txt,.gz,.zst,.xlsx,.xlsm';

/** nameOfFile is what a source could be called after its file. */
export function nameOfFile(file: string): string {
  const stem = file.split('.')[0] ?? '';
  return (stem.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).join('-').slice(0, 60);
}

/** tooLarge says that a file is larger than a server takes, before it is sent. */
export function tooLarge(file: File): string {
  return file.size > mostBytes
    ? `The file has ${bytes(file.size)}, and ${bytes(mostBytes)} is the most. Compress a CSV file with gzip, or leave out columns.`
    : '';
}

interface Props {
  name: string;
  /** setName is told a name for a source that has none yet. */
  setName: (name: string) => void;
  taken: (taken: FileTaken) => void;
  cancel: (() => void) | undefined;
}

/** UploadSource makes a source of a file, which is chosen first and then sent. */
export function UploadSource({ name, setName, taken, cancel }: Props) {
  const queries = useQueryClient();
  const [file, setFile] = useState<File>();
  const upload = useMutation({
    mutationFn: (sent: File) => uploadFile(name.trim(), sent),
    onSuccess: async (answer) => {
      await queries.invalidateQueries({ queryKey: sourcesQuery.queryKey });
      taken(answer);
    },
  });
  const large = file ? tooLarge(file) : '';
  return (
    <Stack>
      <Text size="sm">
        CSV, or an Excel workbook (.xlsx) of which each sheet is a table. The first row has the columns’
        names. The rows are kept on the server, encrypted.
      </Text>
      <FileDrop
        accept={fileEndings}
        button={file ? 'Choose another file' : 'Choose a file'}
        busy={upload.isPending}
        take={(chosen) => {
          upload.reset();
          setFile(chosen);
          if (!name.trim()) setName(nameOfFile(chosen.name));
        }}
      />
      <div aria-live="polite">
        {file && (
          <Text size="sm" className="wrapped">
            <b>{visible(file.name)}</b>, {bytes(file.size)}
            {upload.isPending && ': it is sent and read …'}
          </Text>
        )}
        {large && (
          <Text size="sm" c="red">
            {large}
          </Text>
        )}
        <ProblemAlert error={upload.error} />
      </div>
      <Divider />
      <Group justify="flex-end">
        {cancel && (
          <Button variant="default" onClick={cancel}>
            Cancel
          </Button>
        )}
        <Button
          disabled={!file || !!large || !name.trim()}
          loading={upload.isPending}
          onClick={() => file && upload.mutate(file)}
        >
          Upload
        </Button>
      </Group>
    </Stack>
  );
}

/** FileResult says what a file became: its tables, and the first rows of one. */
export function FileResult({ taken, saved }: { taken: FileTaken; saved: (object: Stored) => void }) {
  const queries = useQueryClient();
  const [shown, setShown] = useState(taken.tables[0]?.name ?? '');
  const go = useMutation({
    mutationFn: () => queries.fetchQuery(sourceQuery(taken.source)),
    onSuccess: saved,
  });
  return (
    <Stack>
      <Alert
        color="green"
        role="status"
        icon={<IconCheck aria-hidden />}
        title={`${visible(taken.source)} has ${plural(taken.tables.length, 'table')}`}
      >
        {taken.tables.length > 1 && <Text size="sm">Choose one to see its first rows.</Text>}
        <Group gap="xs" mt="xs">
          {taken.tables.map((t) => (
            <Button
              key={t.name}
              size="xs"
              variant={t.name === shown ? 'filled' : 'default'}
              aria-pressed={t.name === shown}
              onClick={() => setShown(t.name)}
            >
              {visible(t.name)}, {plural(t.rows, 'row')}
            </Button>
          ))}
        </Group>
      </Alert>
      <LeftSheets left={taken.left} />
      {shown && <Rows source={taken.source} model={{ table: shown }} />}
      <ProblemAlert error={go.error} />
      <Divider />
      <Group justify="flex-end">
        <Button onClick={() => go.mutate()} loading={go.isPending}>
          Use this source
        </Button>
      </Group>
    </Stack>
  );
}

/** LeftSheets tells which sheets are no tables. */
export function LeftSheets({ left }: { left: LeftSheet[] }) {
  if (left.length === 0) return null;
  return (
    <Alert color="orange" title={`${plural(left.length, 'sheet is', 'sheets are')} left out`}>
      <List size="sm">
        {left.map((sheet, i) => (
          <List.Item key={i}>
            {visible(sheet.title)}: {visible(sheet.reason)}
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}
