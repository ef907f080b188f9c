import { PageHeader } from '../../components/PageHeader';

export default function Sources() {
  return <PageHeader title="Sources" />;
}
