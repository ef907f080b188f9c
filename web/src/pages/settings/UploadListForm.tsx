import { Button, Group, Modal, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation } from '@tanstack/react-query';

import { makeUploadedList } from '../../api/suppression';
import { ProblemAlert } from '../../components/ProblemAlert';
import { keep } from '../../components/useUnsaved';

/** UploadListForm makes an empty list; what is on it is uploaded next. */
export function UploadListForm({
  close,
  made,
}: {
  close: () => void;
  made: (name: string) => Promise<unknown>;
}) {
  const form = useForm({
    initialValues: { name: '', region: '' },
    validate: { name: (v) => (v.trim() ? null : 'Give it a name') },
  });
  const make = useMutation({
    mutationFn: ({ name, region }: typeof form.values) => makeUploadedList(name.trim(), region.trim()),
    onSuccess: (list) => made(list.name),
  });
  return (
    <Modal opened onClose={close} {...keep(form.isDirty())} title="Make a suppression list">
      <form onSubmit={form.onSubmit((v) => make.mutate(v))} noValidate>
        <Stack>
          <ProblemAlert error={make.error} />
          <TextInput
            label="Name"
            placeholder="optout"
            required
            data-autofocus
            autoComplete="off"
            {...form.getInputProps('name')}
          />
          <TextInput
            label="Region of telephone numbers"
            description="Two letters, for numbers without a country code. Without it they are refused."
            placeholder="US"
            maxLength={2}
            autoComplete="off"
            {...form.getInputProps('region')}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" loading={make.isPending}>
              Make the list
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
