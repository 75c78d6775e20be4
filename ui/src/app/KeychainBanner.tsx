// One banner while the keychain that the open connection counts on is not there: its words, its one
// action, and a way to be rid of it for this session. Holds no words.
import { useTranslation } from "react-i18next";
import { create } from "zustand";
import { Banner, BannerAction } from "@/components/Notices";
import { useStartState } from "@/data/startState";
import { missingKeychain, useKeychain } from "@/features/connections/useKeychain";

/** Whether it was sent away; it does not come back with the next connection. */
export const useKeychainBanner = create(() => ({ dismissed: false }));

/** The banner, where it is due. */
export function KeychainBanner() {
  const { t } = useTranslation();
  const connection = useStartState().data?.store.connection;
  const dismissed = useKeychainBanner((now) => now.dismissed);
  const counted = connection?.keep === "keychain" && connection.kind !== "local" && !dismissed;
  const keychain = useKeychain(counted);
  if (!counted || missingKeychain(keychain) === null) return null;
  return (
    <Banner
      className="mb-4 shrink-0"
      actions={
        <>
          <BannerAction onClick={() => void keychain.retry()}>{keychain.words?.action}</BannerAction>
          <BannerAction onClick={() => useKeychainBanner.setState({ dismissed: true })}>
            {t("action.dismiss")}
          </BannerAction>
        </>
      }
    >
      {keychain.words?.message}
    </Banner>
  );
}
