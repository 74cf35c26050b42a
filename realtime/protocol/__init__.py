"""The contract on the wire: messages, codes and their texts. Plain Python, no Django."""
