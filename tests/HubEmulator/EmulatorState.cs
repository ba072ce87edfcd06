namespace FineWebTorch.HubEmulator;

/// <summary>What all routes share.</summary>
internal sealed class EmulatorState(EmulatorOptions options)
{
    public EmulatorOptions Options => options;

    public RepositoryStore Store { get; } = new(options.Root, options.Time);

    public SignedUrls Signatures { get; } = new(options.Time);

    public FaultPlan Faults { get; } = new();

    public RequestLog Log { get; } = new();

    public QuotaCounter Quota { get; } = new(options.Quota, options.Time);

    /// <summary>Without a slash at the end; set once the ports are known.</summary>
    public string HubUrl { get; set; } = "";

    public string DataUrl { get; set; } = "";
}
