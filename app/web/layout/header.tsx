import { Button } from "@mantine/core";
import { Plus } from "lucide-react";
import { Link, useRoute } from "wouter";
import { useMe } from "../api/queries.ts";
import { SignOut } from "./sign-out.tsx";
import { SchemeToggle } from "./scheme-toggle.tsx";
import classes from "./layout.module.css";

export function Header() {
  const me = useMe();
  const [starting] = useRoute("/start");
  return (
    <header className={classes.header}>
      <Link href="/" className={classes.brand}>
        <img src="/mark.svg" alt="" width={28} height={28} />
        TestFarm
      </Link>
      {me.data && <span className={classes.organization}>{me.data.organization.name}</span>}
      <div className={classes.tools}>
        <SchemeToggle />
        {me.data?.canSignOut && <SignOut />}
        {!starting && (
          <Button component={Link} href="/start" size="sm" leftSection={<Plus size={16} aria-hidden />}>
            New session
          </Button>
        )}
      </div>
    </header>
  );
}
