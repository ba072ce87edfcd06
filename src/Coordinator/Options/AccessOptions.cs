using System.Net;
using FineWebTorch.Common;

namespace FineWebTorch.Coordinator.Options;

/// <summary>Who may take part in a run, and how it is encrypted.</summary>
internal sealed record AccessOptions
{
    public static IReadOnlyList<Setting<AccessOptions>> Settings { get; } =
    [
        new("--tls-cert", "FILE",
            "Certificate to show to workers, as PEM, with those that lead to its authority; read again when it changes " +
            "[default: one that the coordinator makes and signs itself]", Default: null,
            (options, text) => options with { Certificate = ExistingFile(text) })
        {
            Group = OptionGroup.Workers,
            Paths = PathKind.File,
        },
        new("--tls-key", "FILE", "Key of --tls-cert, as PEM, without a password", Default: null,
            (options, text) => options with { Key = ExistingFile(text) })
        {
            Group = OptionGroup.Workers,
            Paths = PathKind.File,
        },
        FolderSetting<AccessOptions>((options, folder) => options with { Folder = folder }),
        Setting.Flag<AccessOptions>(
            "--insecure", "Nothing is encrypted, and whoever reaches the address may take part",
            options => options with { Insecure = true }) with
        {
            Group = OptionGroup.Workers,
        },
    ];

    /// <summary>PEM file; null for one of the coordinator's own making.</summary>
    public string? Certificate { get; init; }

    /// <summary>PEM file; null with <see cref="Certificate"/>.</summary>
    public string? Key { get; init; }

    /// <summary>Of keys and tokens, absolute; null for the one in the run folder.</summary>
    public string? Folder { get; init; }

    public bool Insecure { get; init; }

    /// <summary>Of commands that have to do with the folder of keys and tokens.</summary>
    public static Setting<T> FolderSetting<T>(Func<T, string, T> set) => new(
        "--access", "DIR",
        "Folder of key, certificate and join tokens; coordinators that take each other's place share one, or have copies " +
        "[default: access in the run's folder]", Default: null,
        (options, text) => set(options, Path.GetFullPath(OptionText.NotEmpty(text))))
    {
        Group = OptionGroup.Workers,
        Paths = PathKind.Folder,
    };

    /// <summary>Whether workers speak TLS with a coordinator that listens there, and show that they belong to it.</summary>
    public bool Encrypts(IPEndPoint listen) =>
        !Insecure && (Certificate is not null || !IPAddress.IsLoopback(listen.Address));

    /// <summary>What no option says alone.</summary>
    public IEnumerable<string> Contradictions()
    {
        if (Certificate is null != Key is null)
            yield return "--tls-cert and --tls-key belong together; give both or none";
        if (Insecure && Certificate is not null)
            yield return "--insecure encrypts nothing: give it or --tls-cert, not both";
    }

    private static string ExistingFile(string path) => File.Exists(path)
        ? Path.GetFullPath(path)
        : throw new FormatException("no such file");
}
