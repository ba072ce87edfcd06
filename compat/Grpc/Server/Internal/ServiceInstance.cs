using Microsoft.Extensions.DependencyInjection;

namespace Grpc.AspNetCore.Server.Internal;

/// <summary>A call's service object: the container's if it has one, else one of its own, disposed after.</summary>
internal readonly struct ServiceInstance<TService> : IAsyncDisposable
    where TService : class
{
    private static readonly Lazy<ObjectFactory<TService>> Factory =
        new(() => ActivatorUtilities.CreateFactory<TService>(Type.EmptyTypes));

    private readonly bool _owned;

    private ServiceInstance(TService value, bool owned)
    {
        Value = value;
        _owned = owned;
    }

    public TService Value { get; }

    public static ServiceInstance<TService> Create(IServiceProvider services) =>
        services.GetService<TService>() is { } registered
            ? new(registered, owned: false)
            : new(Factory.Value(services, []), owned: true);

    public async ValueTask DisposeAsync()
    {
        if (!_owned) return;
        if (Value is IAsyncDisposable asynchronous) await asynchronous.DisposeAsync().ConfigureAwait(false);
        else (Value as IDisposable)?.Dispose();
    }
}
