namespace FineWebTorch.Common;

/// <summary>What a worker shows a coordinator in the metadata of its calls. All of it is secret.</summary>
public static class CallHeaders
{
    /// <summary>With each call beside a session: the secret that its Welcome gave.</summary>
    public const string Session = "fineweb-session";

    /// <summary>When a session is opened: that the worker's machine, or its user, may take part.</summary>
    public const string Credential = "fineweb-credential";

    /// <summary>When a session is opened: what the worker's id follows from, see <see cref="WorkerKey"/>.</summary>
    public const string Worker = "fineweb-worker";
}
