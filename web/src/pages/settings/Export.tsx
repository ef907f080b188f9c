import { Stack } from '@mantine/core';

import { ApplyFile } from './ApplyFile';
import { ExportFile } from './ExportFile';

/** Export is everything as one file: out of the server, and back into it. */
export function Export() {
  return (
    <Stack gap="xl">
      <ExportFile />
      <ApplyFile />
    </Stack>
  );
}
