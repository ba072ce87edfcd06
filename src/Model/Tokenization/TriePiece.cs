namespace FineWebTorch.Model.Tokenization;

internal readonly record struct TriePiece(byte[] Bytes, int Id);
