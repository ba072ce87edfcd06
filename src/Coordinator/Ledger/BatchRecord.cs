namespace FineWebTorch.Coordinator.Ledger;

/// <summary>Scores of some rows of a window.</summary>
/// <param name="Rows">Within the window.</param>
/// <param name="Scores">One for each of <paramref name="Rows"/>.</param>
/// <param name="Tokens">With [CLS] and [SEP].</param>
internal sealed record BatchRecord(
    int File, int Window, IReadOnlyList<uint> Rows, float[] Scores, string NumericClass, long Tokens);
