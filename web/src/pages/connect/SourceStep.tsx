import { Alert, Button, Loader, Radio, Stack, Text } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { sourcesQuery } from '../../api/queries';
import { typeLabel } from '../../components/options';
import { ObjectForm } from '../../components/ObjectForm';
import { where } from '../../components/objects';
import { ProblemAlert } from '../../components/ProblemAlert';
import { at } from './mistakes';
import { ObjectCard } from '../../components/ObjectCard';
import { set, text } from './spec';
import type { StepProps } from './stepProps';

/** SourceStep chooses the warehouse that the model is in, or adds it. */
export function SourceStep({ spec, change, go, mistakes, stored }: StepProps) {
  const { data: sources, error, refetch } = useQuery(sourcesQuery);
  const [adding, setAdding] = useState(false);
  const chosen = text(spec, 'source');

  if (stored)
    return (
      <Stack>
        <Text>
          This connection reads from <b>{chosen}</b>.
        </Text>
        <Alert title="The source stays">
          What the audience holds is remembered beside the source. To read from another one, make another
          connection with an audience of its own.
        </Alert>
      </Stack>
    );
  if (error) return <ProblemAlert error={error} retry={() => void refetch()} />;
  if (!sources) return <Loader aria-label="Loading" />;
  if (adding || sources.length === 0)
    return (
      <ObjectForm
        kind="source"
        {...(sources.length > 0 ? { cancel: () => setAdding(false) } : {})}
        saved={({ name }) => {
          setAdding(false);
          change(set(spec, 'source', name));
          go('people');
        }}
      />
    );
  return (
    <Stack>
      <Radio.Group
        label="Source"
        description="A warehouse, or files on the server, that Eddy can query."
        value={chosen || null}
        onChange={(name) => change(set(spec, 'source', name))}
        error={at(mistakes, 'source')}
      >
        <Stack gap="xs" mt="sm">
          {sources.map((s) => {
            return (
              <ObjectCard
                key={s.name}
                name={s.name}
                detail={[typeLabel(s.spec.type), where(s.spec)].filter(Boolean).join(' · ')}
                chosen={s.name === chosen}
              />
            );
          })}
        </Stack>
      </Radio.Group>
      <Button
        variant="default"
        leftSection={<IconPlus size={16} aria-hidden />}
        onClick={() => setAdding(true)}
        w="fit-content"
      >
        Add a source
      </Button>
    </Stack>
  );
}
