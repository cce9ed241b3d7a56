### メールの文面と、送信の結果。

outreach-site = このサイト
outreach-outbox = 送信トレイ
outreach-outbox-lead = ここから送られたすべてのメールと、その結果です。本文には秘密のリンクが含まれるため、表示しません。
outreach-letters = メールの文面
outreach-letters-lead = ここから送られるメールの文面です。読む人に合わせて書き換えられます。変更しないものは、もとの文面のまま送られます。
outreach-letter = 文面
outreach-all = すべて
outreach-state = 状態
outreach-state-queued = 送信待ち
outreach-state-sent = 送信済み
outreach-state-retrying = 再送待ち
outreach-state-dead = 送信を断念
outreach-search = メールアドレスまたは件名
outreach-find = 検索
outreach-none = メールはありません。
outreach-recipient = 宛先
outreach-subject = 件名
outreach-body = 本文
outreach-queued = 作成日時
outreach-said = メールサーバーの応答：
outreach-next = 次の送信：
outreach-resend = もう一度送る
outreach-resent = もう一度送信しています。
outreach-resend-all = 断念したメールをすべて再送する
outreach-resent-all = { $count ->
    [0] 再送するメールはありませんでした。
   *[other] { $count } 通のメールを再送します。
  }
outreach-resend-not-dead = このメールは送信済みか、送信の途中です。送信トレイで状態をご確認ください。
outreach-older = これより前のメール
outreach-own = 変更済み
outreach-variables = 本文で使える変数
outreach-needed = 必須
outreach-copy = 見本の値を入れた例
outreach-look = 下の例に反映する
outreach-try = 自分に試し送りする
outreach-try-hint = 保存済みの文面で送られます。
outreach-tried = { $email } に試し送りしました。
outreach-trial-subject = 試し送り：{ $subject }
outreach-reset = もとの文面に戻す
outreach-letter-saved = 文面を保存しました。次のメールから使われます。
outreach-letter-reset = もとの文面に戻しました。
outreach-language-ja = 日本語
outreach-language-en = 英語
