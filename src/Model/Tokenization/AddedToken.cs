namespace FineWebTorch.Model.Tokenization;

/// <summary>A token that is recognised in the raw text, wherever it stands, before anything is normalised.</summary>
internal sealed record AddedToken(string Content, int Id);
