/** Methods of lbry-sdk that need a wallet: there is none, and each says so. */

import * as v from 'valibot';
import type { Method } from '../method.ts';
import { APPLICATION, rpcError } from '../rpc-error.ts';

const NAMES = [
  'account_add account_balance account_create account_deposit account_fund account_list account_max_address_gap',
  'account_remove account_send account_set address_is_mine address_list address_unused channel_abandon channel_create',
  'channel_list channel_sign channel_update claim_list collection_create collection_list collection_resolve',
  'collection_update preference_get preference_set purchase_create purchase_list stream_abandon stream_list stream_repost',
  'stream_update support_abandon support_create support_list support_sum sync_apply sync_hash transaction_list txo_list',
  'txo_plot txo_spend txo_sum utxo_list utxo_release wallet_add wallet_balance wallet_create wallet_decrypt wallet_encrypt',
  'wallet_export wallet_import wallet_list wallet_lock wallet_reconnect wallet_remove wallet_send wallet_status',
  'wallet_unlock',
  // as lbrynet called some of them
  'channel_new channel_list_mine get_balance get_new_address wallet_new_address wallet_public_key send_amount_to_address',
  'abandon_claim get_my_claims get_transaction_history support_claim claim_abandon claim_new_support claim_list_mine',
]
  .join(' ')
  .split(' ');

/** Taken with whatever parameters: none of them matters. */
export const WALLET: readonly Method[] = NAMES.map(name => ({
  name,
  aliases: [],
  summary: 'Needs a wallet, and there is none here.',
  takes: v.strictObject({}),
  returns: 'an error',
  async run() {
    throw rpcError(
      APPLICATION,
      `${name} needs a wallet, and there is none here: Lets Share Data neither holds nor spends LBC, and puts nothing on the chain.`,
    );
  },
}));
