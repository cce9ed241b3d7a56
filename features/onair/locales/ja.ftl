### 配信中のセッション。

onair-reason-too-long = 理由は200文字以内で入力してください。
onair-changed-meanwhile = ほかの人が同じトラックを切り替えていました。現在の状態を確かめてから、もう一度お試しください。
onair-mode-unknown = そのようなモードはありません。auto、manual、hold のいずれかを指定してください。
onair-kept-switches = オンエアの切り替え
onair-kept-switches-why = トラックの履歴は残りますが、お名前は外します。
