import { PageHeader } from '../../components/PageHeader';

export default function Destination() {
  return <PageHeader title="X account" />;
}
