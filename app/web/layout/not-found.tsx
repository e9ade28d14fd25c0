import { Button } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { SearchX } from "lucide-react";
import { Link } from "wouter";
import { Notice } from "./notice.tsx";

const explanations = {
  page: "The address may have a typing mistake, or the page has moved.",
  session: "It may have been deleted, or the address has a typing mistake.",
};

export function NotFound({ what }: { readonly what: keyof typeof explanations }) {
  useDocumentTitle(`No such ${what} · TestFarm`);
  return (
    <Notice
      icon={SearchX}
      order={1}
      title={`There is no such ${what}`}
      actions={
        <Button component={Link} href="/">
          See all sessions
        </Button>
      }
    >
      {explanations[what]}
    </Notice>
  );
}
