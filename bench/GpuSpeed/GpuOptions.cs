namespace FineWebTorch.GpuSpeed;

/// <param name="Model">The folder of the model whose speed is measured.</param>
/// <param name="Window">Rows that are sorted together.</param>
internal sealed record GpuOptions(
    string Device, string Model, int Documents, int Window, int ErrorDocuments, int Threads, int Rounds);
