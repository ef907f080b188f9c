import { Button, Stack } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';

import { testObject } from '../../api/objects';
import { useAccess } from '../../components/access';
import { TestSteps } from '../../components/TestSteps';

/** AccountTest tests an X account that is stored, and shows what is reached with it. */
export function AccountTest({ name }: { name: string }) {
  const { edit } = useAccess();
  const test = useMutation({ mutationFn: () => testObject('destination', name) });
  return (
    <Stack gap="sm">
      <TestSteps
        testing={test.isPending}
        result={test.data}
        error={test.error}
        good="Eddy can manage audiences in it."
      />
      <Button
        variant="light"
        onClick={() => test.mutate()}
        loading={test.isPending}
        disabled={!edit}
        w="fit-content"
      >
        {test.data ? `Test ${name} again` : `Test ${name}`}
      </Button>
    </Stack>
  );
}
