import { Button, Code, CopyButton, Group, ScrollArea } from '@mantine/core';
import { IconCheck, IconCopy, IconDownload } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';

import { configQuery } from '../../api/admin';
import { ProblemAlert } from '../../components/ProblemAlert';
import { Waiting } from '../../components/Waiting';
import { SectionHead } from './SectionHead';

/** ExportFile shows all sources, X accounts and connections as a configuration file. */
export function ExportFile() {
  const config = useQuery(configQuery);
  return (
    <section aria-label="Export">
      <SectionHead
        title="Everything as eddy.yaml"
        text={
          <>
            All sources, X accounts and connections. Secrets are variables such as{' '}
            <Code>{'${SHOP_PASSWORD}'}</Code>, never values: the file may be kept in version control.
          </>
        }
        action={
          config.data !== undefined && (
            <Group gap="xs">
              <CopyButton value={config.data} timeout={2000}>
                {({ copied, copy }) => (
                  <Button
                    variant="default"
                    leftSection={
                      copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />
                    }
                    onClick={copy}
                  >
                    {copied ? 'Copied' : 'Copy'}
                  </Button>
                )}
              </CopyButton>
              <Button
                component="a"
                href="/api/v1/config"
                download="eddy.yaml"
                leftSection={<IconDownload size={16} aria-hidden />}
              >
                Download
              </Button>
            </Group>
          )
        }
      />
      <ProblemAlert error={config.error} retry={() => void config.refetch()} />
      {config.isPending && <Waiting lines={1} height={240} />}
      {config.data !== undefined && (
        <ScrollArea.Autosize
          mah={420}
          viewportProps={{ tabIndex: 0, role: 'region', 'aria-label': 'eddy.yaml' }}
        >
          <Code block fz="sm">
            {config.data}
          </Code>
        </ScrollArea.Autosize>
      )}
    </section>
  );
}
