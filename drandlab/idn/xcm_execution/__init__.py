"""XCM at work: how a message is sent, paid for, judged and executed, with a trace of every instruction."""
