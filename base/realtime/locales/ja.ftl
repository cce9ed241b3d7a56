realtime-bad-frame = このメッセージは、リアルタイム通信の仕様にある形式ではありません。
realtime-too-many-topics = 1つの接続で購読できるトピック数の上限に達しています。
