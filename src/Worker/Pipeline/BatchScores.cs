namespace FineWebTorch.Worker.Pipeline;

/// <summary>The scores of one batch, or of a window's rows that cannot be scored.</summary>
/// <param name="Window">The window's number.</param>
/// <param name="Rows">Within the window.</param>
/// <param name="Scores">One for each of the rows; unscorable ones as the protocol encodes them.</param>
/// <param name="Tokens">With [CLS] and [SEP]; 0 for rows that cannot be scored.</param>
/// <param name="NumericClass">What computed them.</param>
internal sealed record BatchScores(int Window, int[] Rows, float[] Scores, long Tokens, string NumericClass);
