### サインイン、アカウント、チーム。

identity-sign-in = サインイン
identity-sign-in-lead = メールアドレスを入力してください。サインイン用のリンクをお送りします。パスワードは不要です。
identity-email = メールアドレス
identity-send-link = リンクを送る
identity-email-malformed = このアドレスには送信できません。入力に誤りがないかご確認ください。
identity-demo-lead = これはデモです。ワンクリックで誰かになれます。
identity-demo-attendee = 参加者
identity-demo-broadcast = 配信チーム
identity-demo-chair = 実行委員長
identity-sent = メールをご確認ください
identity-sent-lead = リンクをお送りしました。一度だけ、{ $minutes }分間有効です。
identity-sent-again = 届きませんか？迷惑メールフォルダを確認するか、もう一度リンクを送ってください
identity-demo-mail = デモのメールボックスを開く
identity-offer-lead = { $email } としてサインインします。
identity-offer-accept = サインイン
identity-owner = このサイトはあなたのものです
identity-owner-lead = お名前とメールアドレスを教えてください。サイトの所有者となり、最初のカンファレンスを作成できます。
identity-owner-accept = はじめる
identity-link-dead = このリンクは使用済みか、期限切れです。サインインページから新しいリンクを送ってください。
identity-name = お名前
identity-name-hint = チャットなどで他の人に表示される名前です。
identity-name-empty = お名前を入力してください。
identity-name-too-long = お名前は80文字までです。
identity-save = 保存
identity-account = アカウント
identity-sessions = サインイン中の端末
identity-session-unknown = 不明な端末
identity-session-current = この端末
identity-session-seen = 最終利用
identity-session-revoke = 終了する
identity-sign-out = サインアウト
identity-mailbox = デモのメールボックス
identity-mailbox-lead = デモはメールを送信しません。送信されるはずだったメールはここにあります。
identity-mailbox-empty = まだメールはありません。
identity-mail-subject = サインイン用リンク
identity-mail-text =
    こんにちは。

    次のリンクからサインインできます。

    { $url }

    一度だけ、{ $minutes }分間有効です。お心当たりがない場合は、このメールを無視してください。誰もサインインしていません。
identity-role-missing = この操作には次の役割が必要です：{ $role }。カンファレンスの実行委員長にご相談ください。
identity-role-unknown = そのような役割はありません。
identity-owner-only = サイトの所有者のみが利用できます。
identity-conference-sealed = このカンファレンスは終了しており、変更できません。責任者が再開できます。
