using System.Net;
using FineWebTorch.Common;

namespace FineWebTorch.Coordinator.Options;

/// <summary>How a run is watched with a browser.</summary>
internal sealed record WebOptions
{
    public static IReadOnlyList<Setting<WebOptions>> Settings { get; } =
    [
        new("--web", "ADDR:PORT|off",
            "Where a browser shows how the run goes; any free port where that of the default is taken", "127.0.0.1:5091",
            (options, text) => options with { Listen = text == "off" ? null : OptionText.Address(text) })
        {
            Group = OptionGroup.Console,
            Words = ["off"],
        },
        new("--price-per-hour", "N", "Of one worker, in any money: what the run costs is shown by it", Default: null,
            (options, text) => options with { PricePerHour = OptionText.Positive(text) })
        {
            Group = OptionGroup.Console,
        },
    ];

    /// <summary>Null: nothing is served.</summary>
    public IPEndPoint? Listen { get; init; }

    /// <summary>Somebody asked for this address; else another port does as well.</summary>
    public bool IsGiven { get; init; }

    public double? PricePerHour { get; init; }
}
