namespace FineWebTorch.Coordinator.Dashboard;

/// <summary>What is said of a run at its start.</summary>
internal sealed record RunHeader(
    string RunFolder, string Output, string Model, int Files, long Rows, long RowsScored, bool IsResumed, Uri Address);
